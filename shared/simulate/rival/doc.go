// Package rival has keep-alive policies of the literature as policies of the simulator,
// each from its paper in this project's own words. They stand beside prewarm in tables;
// none of them runs in the chain.
//
// The comment of each policy names its source, each constant, and what differs from the
// paper: a trace here may be a day long where a paper trains on twelve, and a policy sees
// the minutes before the one that it decides on and nothing else. To each of them, as to
// keep-alive, a minute without data is one without calls. Files begin with the name of their
// policy.
package rival
