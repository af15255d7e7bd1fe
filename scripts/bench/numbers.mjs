// How figures are summed up.

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2
}

export const spread = (values) => `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`

/** The median of the rounds' own ratios: what slowed a whole round down is in both of its sides. */
export function ratios(own, bare = own) {
  const of = (figure) => median(own.map((result, round) => result[figure] / (bare[round]?.[figure] ?? NaN)))
  return `${of('rate').toFixed(2)} (${of('cpu').toFixed(2)})`
}
