"""Two functions in each of six languages, written for these tests: `BERTHS` keeps boats at their berths, `TIDES` reads a table of tides."""

BERTHS = {
    "python": '''def assign_berths(boats, berths, margin):
    free = sorted(berths, key=lambda berth: berth.length)
    placed, waiting = {}, []
    for boat in sorted(boats, key=lambda boat: (-boat.length, boat.name)):
        needed = boat.length + margin * boat.beam
        index = bisect_left([berth.length for berth in free], needed)
        if index == len(free):
            waiting.append(boat)
            continue
        berth = free.pop(index)
        placed[berth.number] = boat.name
        berth.remaining = berth.length - needed
        if berth.remaining > margin:
            free.insert(0, berth.split(berth.remaining))
    unused = sum(berth.length for berth in free)
    return placed, waiting, unused / max(1, len(berths))
''',
    "javascript": """function assignBerths(boats, berths, margin) {
  const free = berths.slice().sort((a, b) => a.length - b.length);
  const placed = new Map();
  const waiting = [];
  for (const boat of boats) {
    const needed = boat.length + margin * boat.beam;
    const index = free.findIndex((berth) => berth.length >= needed);
    if (index < 0) {
      waiting.push(boat);
      continue;
    }
    const berth = free.splice(index, 1)[0];
    placed.set(berth.number, boat.name);
    berth.remaining = berth.length - needed;
    if (berth.remaining > margin) {
      free.unshift(berth.split(berth.remaining, waiting.length));
    }
  }
  let unused = free.reduce((sum, berth) => sum + berth.length, 0);
  unused = unused / Math.max(1, berths.length);
  return [placed, waiting, unused];
}
""",
    "java": """class Berths {
    static Plan assignBerths(List<Boat> boats, TreeMap<Integer, Berth> free, int margin) {
        Map<Integer, String> placed = new HashMap<>();
        Deque<Boat> waiting = new ArrayDeque<>();
        int total = free.size();
        for (Boat boat : boats) {
            int needed = boat.length() + margin * boat.beam();
            Map.Entry<Integer, Berth> entry = free.ceilingEntry(needed);
            if (entry == null) {
                waiting.addLast(boat);
                continue;
            }
            Berth berth = free.remove(entry.getKey());
            placed.put(berth.number(), boat.name());
            int remaining = berth.length() - needed;
            if (remaining > margin) {
                free.put(remaining, berth.split(remaining, waiting.size()));
            }
        }
        int unused = free.keySet().stream().mapToInt(Integer::intValue).sum();
        return new Plan(placed, waiting, unused / Math.max(1, total));
    }
}
""",
    "c": """size_t assign_berths(struct berth *free, size_t count, const struct boat *boats, size_t many, unsigned margin)
{
    size_t waiting = 0;
    unsigned long unused = 0;
    qsort(free, count, sizeof *free, compare_length);
    for (size_t k = 0; k < many; k++) {
        unsigned needed = boats[k].length + margin * boats[k].beam;
        size_t index = lower_bound(free, count, needed);
        if (index == count) {
            waiting++;
            continue;
        }
        free[index].boat = boats[k].name;
        free[index].remaining = free[index].length - needed;
        if (free[index].remaining > margin)
            split_berth(&free[index], free[index].remaining, waiting);
        memmove(free + index, free + index + 1, (count - index - 1) * sizeof *free);
        count--;
    }
    for (size_t k = 0; k < count; k++)
        unused += free[k].length;
    report_unused(unused / (count ? count : 1), waiting);
    return waiting;
}
""",
    "go": """package harbour

func AssignBerths(boats []Boat, free []Berth, margin int) (map[int]string, []Boat, int) {
	placed := make(map[int]string, len(free))
	waiting := []Boat{}
	total := len(free)
	sort.Slice(free, func(a, b int) bool { return free[a].Length < free[b].Length })
	for _, boat := range boats {
		needed := boat.Length + margin*boat.Beam
		index := sort.Search(len(free), func(k int) bool { return free[k].Length >= needed })
		if index == len(free) {
			waiting = append(waiting, boat)
			continue
		}
		berth := free[index]
		free = append(free[:index], free[index+1:]...)
		placed[berth.Number] = boat.Name
		remaining := berth.Length - needed
		if remaining > margin {
			free = append(free, berth.Split(remaining, len(waiting)))
		}
	}
	unused := 0
	for _, berth := range free {
		unused += berth.Length
	}
	return placed, waiting, unused / max(1, total)
}
""",
    "rust": """pub fn assign_berths(boats: &[Boat], free: &mut Vec<Berth>, margin: u32) -> (HashMap<u32, String>, Vec<Boat>, u32) {
    let mut placed = HashMap::with_capacity(free.len());
    let mut waiting = Vec::new();
    let total = free.len() as u32;
    free.sort_by_key(|berth| berth.length);
    for boat in boats {
        let needed = boat.length + margin * boat.beam;
        let index = free.partition_point(|berth| berth.length < needed);
        if index == free.len() {
            waiting.push(boat.clone());
            continue;
        }
        let berth = free.remove(index);
        placed.insert(berth.number, boat.name.to_string());
        let remaining = berth.length - needed;
        if remaining > margin {
            free.insert(0, berth.split(remaining, waiting.len()));
        }
    }
    let unused: u32 = free.iter().map(|berth| berth.length).sum();
    (placed, waiting, unused / total.max(1))
}
""",
}

TIDES = {
    "python": '''def read_tides(path, station, offset):
    heights = []
    with open(path, encoding="ascii") as table:
        header = next(table).rstrip().split(";")
        column = header.index(station)
        for number, line in enumerate(table, 2):
            fields = line.rstrip().split(";")
            if len(fields) <= column:
                raise ValueError(f"{path}, line {number}: no height for {station}")
            hour, minute = fields[0].split(":")
            moment = 60 * int(hour) + int(minute) + offset
            heights.append((moment % 1440, float(fields[column].replace(",", "."))))
    heights.sort()
    high = max(heights, key=lambda pair: pair[1])
    low = min(heights, key=lambda pair: pair[1])
    return {"high": high, "low": low, "range": high[1] - low[1]}
''',
    "javascript": """function readTides(text, station, offset) {
  const heights = [];
  const lines = text.trimEnd().split("\\n");
  const column = lines.shift().split(";").indexOf(station);
  for (const [number, line] of lines.entries()) {
    const fields = line.split(";");
    if (fields.length <= column) {
      throw new RangeError(`line ${number}: no height`);
    }
    const [hour, minute] = fields[0].split(":").map(Number);
    const moment = 60 * hour + minute + offset;
    heights.push([moment % 1440, parseFloat(fields[column].replace(",", "."))]);
  }
  heights.sort((a, b) => a[0] - b[0]);
  const levels = heights.map((pair) => pair[1]);
  const high = Math.max(...levels);
  const low = Math.min(...levels);
  return { high, low, range: high - low };
}
""",
    "java": """class Tides {
    static double[] readTides(BufferedReader table, String station, int offset) throws IOException {
        List<double[]> heights = new ArrayList<>();
        String[] header = table.readLine().split(";");
        int column = Arrays.asList(header).indexOf(station);
        String line = table.readLine();
        while (line != null) {
            String[] fields = line.split(";");
            if (fields.length <= column) {
                throw new IOException("no height for " + station);
            }
            String[] clock = fields[0].split(":");
            int moment = 60 * Integer.parseInt(clock[0]) + Integer.parseInt(clock[1]) + offset;
            double height = Double.parseDouble(fields[column].replace(',', '.'));
            heights.add(new double[] {moment % 1440, height});
            line = table.readLine();
        }
        heights.sort(Comparator.comparingDouble(pair -> pair[0]));
        double high = heights.stream().mapToDouble(pair -> pair[1]).max().orElse(0);
        double low = heights.stream().mapToDouble(pair -> pair[1]).min().orElse(0);
        return new double[] {high, low, high - low};
    }
}
""",
    "c": """int read_tides(FILE *table, const char *station, int offset, struct tide *heights, size_t capacity)
{
    char line[256], *fields[32];
    size_t count = 0;
    int column = -1;
    if (!fgets(line, sizeof line, table))
        return -1;
    int many = split_line(line, ';', fields, 32);
    for (int k = 0; k < many; k++)
        if (strcmp(fields[k], station) == 0)
            column = k;
    while (count < capacity && fgets(line, sizeof line, table)) {
        many = split_line(line, ';', fields, 32);
        if (many <= column)
            return -2;
        char *minute = strchr(fields[0], ':');
        *minute++ = 0;
        heights[count].moment = (60 * atoi(fields[0]) + atoi(minute) + offset) % 1440;
        heights[count].level = strtod(fields[column], NULL);
        count++;
    }
    qsort(heights, count, sizeof *heights, compare_moment);
    return (int)count;
}
""",
    "go": """package harbour

func ReadTides(table *bufio.Scanner, station string, offset int) ([]Height, error) {
	var heights []Height
	table.Scan()
	column := slices.Index(strings.Split(table.Text(), ";"), station)
	for number := 2; table.Scan(); number++ {
		fields := strings.Split(table.Text(), ";")
		if len(fields) <= column {
			return nil, fmt.Errorf("line %d: no height for %s", number, station)
		}
		hour, minute, found := strings.Cut(fields[0], ":")
		if !found {
			continue
		}
		moment := 60*number2(hour) + number2(minute) + offset
		level, err := strconv.ParseFloat(strings.Replace(fields[column], ",", ".", 1), 64)
		if err != nil {
			return nil, err
		}
		heights = append(heights, Height{moment % 1440, level})
	}
	sort.Slice(heights, func(a, b int) bool { return heights[a].Moment < heights[b].Moment })
	return heights, table.Err()
}
""",
    "rust": """pub fn read_tides(table: &str, station: &str, offset: u32) -> Result<Vec<(u32, f64)>, ParseError> {
    let mut heights = Vec::new();
    let mut lines = table.lines();
    let header = lines.next().ok_or(ParseError::Empty)?;
    let column = header.split(';').position(|name| name == station).ok_or(ParseError::Station)?;
    for line in lines {
        let fields: Vec<&str> = line.split(';').collect();
        if fields.len() <= column {
            return Err(ParseError::Short(fields.len()));
        }
        let (hour, minute) = fields[0].split_once(':').ok_or(ParseError::Clock)?;
        let moment = 60 * hour.parse::<u32>()? + minute.parse::<u32>()? + offset;
        let level = fields[column].replace(',', ".").parse::<f64>()?;
        heights.push((moment % 1440, level));
    }
    heights.sort_by_key(|pair| pair.0);
    let high = heights.iter().map(|pair| pair.1).fold(f64::MIN, f64::max);
    println!("highest {}", high);
    Ok(heights)
}
""",
}
