package prometheus

// Decode is the decoder of Raw, without the cut to a range.
var Decode = decode
