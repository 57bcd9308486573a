recount record -o f.data -F 250 --timestamps=none --max-size=64M true 2>/dev/null
od -An -tu4 -j24 -N8 f.data
od -An -tu8 -j48 -N8 f.data
