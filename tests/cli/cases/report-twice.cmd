# The second of two runs lies beside the first; without it, or with another's, the report says that it is the first's.
source() { recount report "$@" --json | grep -E '^	"(times_from|pair)"'; }
recount record --twice -o f.data true
source -i f.data
echo alone:
source -i f.data --awake
source -i f.data.asleep
echo missing:
mv f.data.asleep kept
source -i f.data
echo of another recording:
recount record --twice -o other.data true
cp other.data.asleep f.data.asleep
source -i f.data
echo no profile:
echo words >f.data.asleep
source -i f.data
echo not asleep:
cp f.data f.data.asleep
source -i f.data
recount explain -i f.data nothing
