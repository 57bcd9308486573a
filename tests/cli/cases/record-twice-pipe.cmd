# A pipe is empty the second time.
echo words | recount record --twice -o f.data sh -c 'cat; [ -e again ] && exit 4; touch again; exit 5'
echo $?
