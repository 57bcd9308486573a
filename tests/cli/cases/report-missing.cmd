recount report -i none.data
