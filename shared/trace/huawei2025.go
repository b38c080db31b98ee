package trace

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// regionName finds R1 in names like R1, R1.csv, cold_starts_r1 or R1_00.csv.
var regionName = regexp.MustCompile(`(?i)(?:^|[^a-z0-9])r([1-9][0-9]?)(?:[^a-z0-9]|$)`)

// regionOf returns the region in the path of a file. The name of the file counts
// before its folders. If no part of the path names a region it returns otherwise.
func regionOf(file, otherwise string) string {
	// From the file name outwards: the innermost name is the most specific.
	for ; file != "." && file != "/"; file = path.Dir(file) {
		if match := regionName.FindStringSubmatch(path.Base(file)); match != nil {
			return "R" + match[1]
		}
	}
	return otherwise
}

// Columns of the per-function files, as indices into startHeadings.
const (
	startDay = iota
	startTime
	startFunction
	startUser
	startPod
	startTotal // its parts follow: pod, code, dependencies, scheduling
)

// startHeadings returns the headings of these columns, in their order.
func startHeadings() []string {
	return []string{"day", "time", "funcName", "userID", "podID", "totalCost_cold_start",
		"podAllocationCost", "deployCodeCost", "deployDependencyCost", "schedulingCost"}
}

// readHuawei2025 reads the cold starts of all functions, and their triggers if there
// is a file with them. The column time has seconds since the begin of the trace, so
// the column day adds nothing. A function is identified by region, name, user and
// pool.
func readHuawei2025(fsys fs.FS, found files, o Options) (*eventLog, error) {
	log := newEventLog(Huawei2025)
	for _, s := range found[coldStarts] {
		if err := log.addColdStarts(fsys, s, o); err != nil {
			return nil, err
		}
	}
	return log, log.addAllTriggers(fsys, found, o)
}

// addColdStarts adds the rows of one file.
func (l *eventLog) addColdStarts(fsys fs.FS, s sheet, o Options) error {
	table, err := openTable(fsys, s, o)
	if err != nil {
		return err
	}
	defer table.source.Close()
	columns, err := table.columns(startHeadings())
	if err != nil {
		return err
	}
	region := regionOf(s.place, o.Region)
	return table.each(func(record []string) error {
		// Both parts are parsed before the log is changed, as each demands of its
		// callers: a malformed row leaves nothing behind.
		start, err := table.coldStart(record, columns)
		if err != nil {
			return err
		}
		key, err := table.poolKey(record, columns[startFunction:startTotal], region)
		if err != nil {
			return err
		}
		f := l.function(key, poolFunction)
		l.add(f, int(start.Time/60))
		f.starts.add(start)
		return nil
	})
}

// coldStart reads the time and the costs of a row.
func (t *table) coldStart(record []string, columns []int) (c ColdStart, err error) {
	// Checked although it is not used, because a row whose day is malformed is
	// likely shifted by a column.
	if _, err = t.count(record, columns[startDay]); err != nil {
		return c, t.badCell(columns[startDay], record[columns[startDay]], "must be the number of a day")
	}
	if c.Time, err = t.seconds(record, columns[startTime]); err != nil {
		return c, err
	}
	for i, cost := range []*float64{&c.Total, &c.Pod, &c.Code, &c.Dependencies, &c.Scheduling} {
		if *cost, err = t.seconds(record, columns[startTotal+i]); err != nil {
			return c, err
		}
	}
	return c, nil
}

// poolKey reads the function of a row from its columns funcName, userID and podID. The
// pool is the name of the pod without its number: pool24-600-512 of
// pool24-600-512-0000577863.
func (t *table) poolKey(record []string, columns []int, region string) (eventKey, error) {
	function, user, podID := columns[0], columns[1], columns[2]
	k := eventKey{region: region, name: record[function], user: record[user]}
	pod := record[podID]
	end := strings.LastIndexByte(pod, '-')
	switch {
	case k.name == "":
		return k, t.badCell(function, k.name, "must name a function")
	case k.user == "":
		return k, t.badCell(user, k.user, "must name a user")
	case end < 1:
		return k, t.badCell(podID, pod, "must be a pool, a dash and a number")
	}
	k.pool = pod[:end]
	return k, nil
}

// poolFunction returns the function of a key, named as in the release,
// funcName---userID---pool, after its region. The same number of a user may be
// another user in another region, so the owner has the region as well.
func poolFunction(k eventKey) Function {
	within := inRegion(k.region)
	return Function{
		Name:   within + k.name + "---" + k.user + "---" + k.pool,
		Owner:  within + k.user,
		Region: k.region,
	}
}

// inRegion returns the prefix of the names of functions and users in a region.
func inRegion(region string) string {
	if region == "" {
		return ""
	}
	return region + "/"
}
