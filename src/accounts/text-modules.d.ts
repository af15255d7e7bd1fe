/** A text file is imported as a string: wrangler's rule for `.txt`. */
declare module '*.txt' {
  const content: string
  export default content
}
