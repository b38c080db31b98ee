package modelfile_test

import (
	"bytes"
	"fmt"

	"prewarm/shared/modelfile"
)

// Example writes a line y = slope·x + offset to a file and reads it again.
func Example() {
	format := modelfile.Format{Name: "line", Version: 1, Sections: []string{"about", "coefficients"}, MaxBytes: 1000}
	var file bytes.Buffer
	if err := format.Write(&file, modelfile.AppendText(nil, "a line"), modelfile.Append(nil, []float32{2, 0.5})); err != nil {
		fmt.Println(err)
	}
	fmt.Println(file.Len(), "bytes")

	sections, _, err := format.Read(&file)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(sections[0].Text("name", 1, 20), sections[1].Float32s("coefficient", 2, -10, 10))

	strict := modelfile.NewDecoder("line, section coefficients", modelfile.Append(nil, []float32{2, 0.5}))
	strict.Float32s("coefficient", 2, -1, 1)
	fmt.Println(strict.Err())
	// Output:
	// 65 bytes
	// a line [2 0.5]
	// invalid model file: line, section coefficients: coefficient[0] must be between -1 and 1, was: 2
}
