recount report --tree --awaits
