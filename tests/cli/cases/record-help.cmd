recount record --help
