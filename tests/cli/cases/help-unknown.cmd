recount help reprot
