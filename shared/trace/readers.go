package trace

import "io/fs"

// readEvents reads a layout that has one row per event; of others it returns nil.
func readEvents(fsys fs.FS, l layoutKinds, found files, o Options) (*eventLog, error) {
	switch l.layout {
	case Azure2021:
		return readAzure2021(fsys, found[relativeEvents], o)
	case Huawei2025:
		return readHuawei2025(fsys, found, o)
	case Huawei2025Requests:
		return readRequests2025(fsys, found, o)
	case OwnEvents:
		return readOwnEvents(fsys, found[ownEvents], o)
	}
	return nil, nil
}

// readCounts reads a layout that has counts.
func readCounts(fsys fs.FS, l layoutKinds, found files, o Options) (*Trace, error) {
	switch l.layout {
	case Azure2019:
		return readAzure2019(fsys, found, o)
	case Azure2019SingleDay:
		return readSingleDay(fsys, found[singleDay], o)
	case Huawei2023:
		step := 60
		if l.kinds[0] == secondRequests {
			step = 1
		}
		return readHuawei2023(fsys, found[l.kinds[0]], found[delays], step, o)
	case Huawei2025Regions:
		return readRegions(fsys, found[regionStarts], o)
	case OwnCounts, OwnSeries:
		return readOwnCounts(fsys, l.layout, found[l.kinds[0]], o)
	}
	panic("trace: no reader for layout " + string(l.layout))
}
