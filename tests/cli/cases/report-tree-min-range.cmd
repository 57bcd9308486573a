recount report --tree --min 101
