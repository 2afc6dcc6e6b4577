"""Every error code with its title: one line here, one page in `packs/errors/<CODE>.md`.

FL1 syntax and schema, FL2 references, FL3 facts and ingest, FL4 KPI and engine, FL5 policy and
gate, FL6 workflow, FL7 identity and access, FL8 storage, FL9 environment. Never reused.
"""

from __future__ import annotations

CODES: dict[str, str] = {
    # FL1: syntax and schema of the operating model
    "FL1001": "the file is not valid YAML",
    "FL1002": "a key stands twice in one mapping",
    "FL1003": "the file is too large, too deep or has too many aliases",
    "FL1004": "unknown kind or apiVersion",
    "FL1005": "unknown field",
    "FL1006": "a required field is missing",
    "FL1007": "a value is not of the allowed form",
    "FL1008": "an id is declared twice",
    "FL1009": "a path leaves the workspace",
    "FL1010": "the file cannot be read",
    # FL2: references
    "FL2001": "a reference names something that is not declared",
    "FL2002": "two sources claim to be authoritative",
    "FL2003": "a chain of parents closes to a circle",
    # FL3: facts and ingest
    "FL3101": "the payload is not valid JSON",
    "FL3102": "a field that the mapping needs is missing or of the wrong type",
    "FL3103": "an instant lies too far in the future",
    "FL3104": "an instant has no time zone or cannot be read",
    "FL3105": "something finishes before it starts",
    "FL3106": "the payload is larger or deeper than allowed",
    "FL3107": "the event type is not supported",
    "FL3108": "the text is not valid UTF-8",
    "FL3109": "a number is not finite or too large",
    "FL3110": "a value is not among the allowed ones",
    "FL3111": "the mapping file is wrong",
    "FL3112": "no such input file or folder",
    "FL3113": "the source answered with an error",
    "FL3114": "a secret reference cannot be resolved",
    "FL3115": "the repository cannot be read",
    "FL3116": "a symbolic link loops or leaves the folder",
    "FL3201": "the content type of a delivery is not JSON",
    "FL3202": "the mapping of a delivery crashed, or never finished",
    "FL3203": "the webhook settings of a source are wrong",
    # FL4: KPIs and engine
    "FL4101": "no such KPI",
    "FL4102": "the period cannot be read",
    "FL4103": "no such definition for this KPI",
    "FL4104": "a conformance case is wrong",
    "FL4105": "no such team, service or tier",
    "FL4106": "the instant cannot be read",
    "FL4111": "there is no such service or team in the catalog",
    "FL4112": "the change of the model cannot be proposed",
    "FL4113": "there is no such document or file in the model",
    "FL4114": "a choice in the address of a page is not allowed",
    "FL4115": "the catalog descriptor cannot be read",
    # FL7: identity and access
    "FL7001": "your roles do not include this",
    "FL7003": "a token was asked for something that no token can have",
    "FL7021": "nobody grants a role to themselves",
    "FL7022": "the key of the audit log cannot be used",
    "FL7023": "no such role, scope or expiry",
    "FL7024": "the address cannot be a person's, or is taken",
    "FL7025": "the password is too weak",
    "FL7026": "the file is no export of an audit log",
    "FL7027": "the last administrator stays",
    "FL7028": "no such person, grant, token or entry",
    "FL7029": "a token was asked for more than its owner may do",
    "FL7031": "who asks is not known",
    "FL7032": "the cursor is not one of this list",
    "FL7033": "the Idempotency-Key belongs to another request",
    "FL7034": "the answer is being worked out",
    "FL7035": "too many requests",
    "FL7036": "the first request with this key cannot be answered again",
    "FL7037": "single sign-on was refused",
    "FL7038": "the identity provider cannot be used",
    # FL8: storage
    "FL8001": "the lake was written by a newer version",
    "FL8002": "the disk is full or the folder cannot be written",
    "FL8003": "the lake is damaged or is no lake",
    # FL9: environment
    "FL9001": "no workspace here",
    "FL9002": "a program that this command needs is not installed",
    "FL9003": "an optional package is not installed",
    "FL9004": "the folder is not empty",
    "FL9011": "the remote console cannot be reached",
    "FL9012": "the remote console refused",
    "FL9013": "the remote console needs a token",
}
