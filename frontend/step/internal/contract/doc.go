// Package contract is what all steps have in common: how a request travels to the step
// ([Args], [ParseRequest]), how its report travels back ([WriteReport], [ParseReport]),
// and what the answer no is ([RefusedError]).
package contract
