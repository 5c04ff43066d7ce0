// Includes what is compiled for observers: events as text, history, statistics and reports.
#pragma once

#include <mend/impl/watch/history.ipp>
#include <mend/impl/watch/name_tally.ipp>
#include <mend/impl/watch/page_title.ipp>
#include <mend/impl/watch/printed.ipp>
#include <mend/impl/watch/redact.ipp>
#include <mend/impl/watch/report.ipp>
#include <mend/impl/watch/report_text.ipp>
#include <mend/impl/watch/statistics.ipp>
