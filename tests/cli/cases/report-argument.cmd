recount report recount.data
