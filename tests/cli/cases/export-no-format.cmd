recount export
