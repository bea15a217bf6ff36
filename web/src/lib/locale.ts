/** The person's own language for amounts and dates, as the browser says it. */
export const locale = navigator.language || 'en'
