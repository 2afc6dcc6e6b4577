// A real OpenID Connect provider on loopback: one client, two people, groups from a file.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [packageEntry, groupsFile] = process.argv.slice(2);
const { Provider } = await import(packageEntry);
const callback = "http://testserver/login/sso/callback";
const client = (id) => ({
  client_id: id, client_secret: "a client secret of the suite", redirect_uris: [callback],
});
const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [client("fairlead"), client("another")],
  scopes: ["openid", "email", "profile", "groups"],
  claims: {
    openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"],
  },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, ...JSON.parse(readFileSync(groupsFile, "utf8"))[sub] }),
  }),
});
server.on("request", provider.callback());
console.log(issuer);
