package prometheus

// Decode is the decoder behind Raw, without its cut to a range.
var Decode = decode
