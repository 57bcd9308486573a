recount report --min 2
