recount report --tree --min much
