recount check
