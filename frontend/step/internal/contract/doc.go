// Package contract is what all steps have in common: how a request gets to the step
// ([Args], [ParseRequest]), how its report gets back ([WriteReport], [ParseReport]), and
// how the step refuses a request ([RefusedError]).
package contract
