recount check nowhere
