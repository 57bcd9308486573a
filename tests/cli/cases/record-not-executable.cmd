echo text >file
recount record ./file
