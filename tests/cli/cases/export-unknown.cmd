recount export --to svg
