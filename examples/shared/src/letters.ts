import { messageWriter } from '@sallyport/core/messages'

/** Writes what the service sends, whoever carries it. */
export const writeLetter: ReturnType<typeof messageWriter> = messageWriter({
  service: 'the document service',
  // What is to be typed in stands in a line of its own, where it is easily copied.
  texts: { 'code.body': '{code}', 'enrolment-ticket.body': '{code}' },
})
