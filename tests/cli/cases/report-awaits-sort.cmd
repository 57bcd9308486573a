recount report --awaits --sort awaiting
