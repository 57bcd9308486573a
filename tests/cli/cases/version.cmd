recount --version
