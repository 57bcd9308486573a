recount explain one other
