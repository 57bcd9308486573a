recount --frobnicate
