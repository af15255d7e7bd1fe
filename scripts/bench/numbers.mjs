// Medians and ratios of measured values.

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2
}

export const spread = (values) => `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`

/** The median of the ratios of the rounds: load that slows down a round affects both of its values. */
export function ratios(own, bare = own) {
  const of = (figure) => median(own.map((result, round) => result[figure] / (bare[round]?.[figure] ?? NaN)))
  return `${of('rate').toFixed(2)} (${of('cpu').toFixed(2)})`
}
