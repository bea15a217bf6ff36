/** An E.164 number as its country writes it, where that is known: +14155550123 is "+1 415 555 0123". */
export const formatPhone = (e164: string): string => {
  const american = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164)
  return american ? `+1 ${american[1]} ${american[2]} ${american[3]}` : e164
}
