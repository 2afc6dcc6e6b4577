"""One file per KPI, one ibis expression each. Found by folder."""
