recount explain
