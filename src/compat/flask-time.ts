/** Times in the format of the old APIs. */

/** `2026-11-25T07:17:29`: UTC without an offset, as Flask-RESTful renders a time. */
export const flaskTime = (at: Date) => at.toISOString().slice(0, 19)
