recount help cc record
