-- Sends one request after another from a file, but not the first ones: a cookie and a JSON body on each line,
-- with a tab between them.

local requests = {}
local sent = 0

function init(args)
  sent = tonumber(args[2])
  for line in io.lines(args[1]) do
    local cookie, body = line:match("^(.-)\t(.*)$")
    local headers = { ["Content-Type"] = "application/json", Cookie = "diptych_session=" .. cookie }
    requests[#requests + 1] = wrk.format("POST", nil, headers, body)
  end
end

function request()
  sent = sent % #requests + 1
  return requests[sent]
end
