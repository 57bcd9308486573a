recount report --physical
