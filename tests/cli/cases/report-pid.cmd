recount report --pid zero
