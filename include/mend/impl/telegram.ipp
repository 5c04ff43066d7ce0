// Includes what is compiled for Telegram's own errors: names, sentences and statuses.
#pragma once

#include <mend/impl/telegram/bot_api.ipp>
#include <mend/impl/telegram/gateway.ipp>
#include <mend/impl/telegram/names.ipp>
#include <mend/impl/telegram/rules.ipp>
#include <mend/impl/telegram/sentences.ipp>
#include <mend/impl/telegram/tdlib.ipp>
