recount export --to folded recount.data
