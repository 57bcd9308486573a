recount explain --pid -1 main
