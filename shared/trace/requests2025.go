package trace

import "io/fs"

// Columns of the request tables, as indices into requestHeadings.
const (
	requestTime = iota
	requestFunction
	requestUser
	requestPod
	requestDuration
)

// requestHeadings returns the headings of these columns, in their order.
func requestHeadings() []string {
	return []string{"time_worker", "funcName", "userID", "podID", "totalCost_worker"}
}

// readRequests2025 reads the tables with one row per call, and the triggers of the
// functions if there is a file with them. A call counts at the time of the worker, in
// seconds since the begin of the trace. Its duration is the time that it spent in the
// pod.
func readRequests2025(fsys fs.FS, found files, o Options) (*eventLog, error) {
	log := newEventLog(Huawei2025Requests)
	for _, s := range found[requestTable] {
		if err := log.addRequests(fsys, s, o); err != nil {
			return nil, err
		}
	}
	return log, log.addAllTriggers(fsys, found, o)
}

// addRequests adds the rows of one file.
func (l *eventLog) addRequests(fsys fs.FS, s sheet, o Options) error {
	table, err := openTable(fsys, s, o)
	if err != nil {
		return err
	}
	defer table.source.Close()
	columns, err := table.columns(requestHeadings())
	if err != nil {
		return err
	}
	region := regionOf(s.place, o.Region)
	cost := ownColumns{duration: columns[requestDuration], perUnit: 1}
	return table.each(func(record []string) error {
		at, err := table.seconds(record, columns[requestTime])
		if err != nil {
			return err
		}
		key, err := table.poolKey(record, columns[requestFunction:requestDuration], region)
		if err != nil {
			return err
		}
		duration, known, err := table.ownDuration(record, cost)
		if err != nil {
			return err
		}
		f := l.function(key, poolFunction)
		l.add(f, minuteOf(at))
		if known {
			f.lasted(duration)
		}
		return nil
	})
}
