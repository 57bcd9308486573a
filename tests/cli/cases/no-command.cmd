recount
