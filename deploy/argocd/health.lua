-- The health of a SchemaChange for Argo CD. Uses the language alone: scripts in argocd-cm have no string, math or io.
local health = {}
local metadata = obj.metadata
local status = obj.status

if metadata.deletionTimestamp ~= nil and (status == nil or status.undoing == nil) then
  health.status = "Progressing"
  health.message = "Being deleted: a phase that runs is ended first"
  return health
end

-- Before the operator has seen this version of the resource, its status speaks of another one.
if status == nil or status.observedGeneration ~= metadata.generation then
  health.status = "Progressing"
  health.message = "Waiting for Phaselock"
  return health
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function is(kind, value)
  return conditions[kind] ~= nil and conditions[kind].status == value
end

local ready = conditions["Ready"]
local message = "Waiting for Phaselock"
if ready ~= nil then
  message = ready.reason
  if ready.message ~= nil and ready.message ~= "" then
    message = message .. ": " .. ready.message
  end
end

if is("Stalled", "True") then
  -- A person is needed. Waiting for a lock, retrying and being queued are not that. Ready says the same.
  health.status = "Degraded"
elseif is("Ready", "True") then
  health.status = "Healthy"
elseif ready ~= nil and ready.reason == "Suspended" or is("Approved", "False") then
  health.status = "Suspended"
else
  health.status = "Progressing"
end
health.message = message
return health
