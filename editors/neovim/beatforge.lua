-- BeatForge in Neovim: `beatforge lsp`, keys that evaluate, and what sounds outlined.
-- Put this file where Neovim finds it (such as ~/.config/nvim/lua/) and call require("beatforge").setup().
local M = {}

local sounding = vim.api.nvim_create_namespace("beatforge_sounding")
local flash = vim.api.nvim_create_namespace("beatforge_flash")

-- Bytes of a line before so many UTF-16 units, and units before so many bytes.
local function walk(line, most_units, most_bytes)
  local units, at = 0, 1
  while at <= #line and units < most_units and at <= most_bytes do
    local lead = line:byte(at)
    local len = lead < 0x80 and 1 or lead < 0xE0 and 2 or lead < 0xF0 and 3 or 4
    units, at = units + (len == 4 and 2 or 1), at + len
  end
  return at - 1, units
end

local function column(buffer, place)
  local line = vim.api.nvim_buf_get_lines(buffer, place.line, place.line + 1, false)[1] or ""
  return (walk(line, place.character, math.huge))
end

local function mark(buffer, space, range, group)
  local options = { hl_group = group, end_row = range["end"].line, end_col = column(buffer, range["end"]), strict = false }
  return vim.api.nvim_buf_set_extmark(buffer, space, range.start.line, column(buffer, range.start), options)
end

local function buffer_of(uri)
  local buffer = vim.uri_to_bufnr(uri)
  return vim.api.nvim_buf_is_loaded(buffer) and buffer or nil
end

local handlers = {
  ["beatforge/sounding"] = function(_, params)
    local buffer = buffer_of(params.uri)
    if not buffer then return end
    if #params.spans == 0 then vim.api.nvim_buf_clear_namespace(buffer, sounding, 0, -1) end
    for _, span in ipairs(params.spans) do
      local id = mark(buffer, sounding, span.range, "BeatforgeSounding")
      vim.defer_fn(function() pcall(vim.api.nvim_buf_del_extmark, buffer, sounding, id) end, span.millis)
    end
  end,
  ["beatforge/evaluated"] = function(_, params)
    local buffer = params.range and params.range ~= vim.NIL and buffer_of(params.uri)
    if not buffer then return end
    mark(buffer, flash, params.range, "BeatforgeEvaluated")
    vim.defer_fn(function() vim.api.nvim_buf_clear_namespace(buffer, flash, 0, -1) end, 150)
  end,
  ["beatforge/hushed"] = function(_, params) M.hushed = params.on end,
}

-- Sends a command of the server with the place of the cursor.
function M.run(command, buffer)
  buffer = buffer or vim.api.nvim_get_current_buf()
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  local line = vim.api.nvim_buf_get_lines(buffer, row - 1, row, false)[1] or ""
  local _, units = walk(line, math.huge, col)
  local position = { line = row - 1, character = units }
  local argument = { uri = vim.uri_from_bufnr(buffer), position = position }
  local params = { command = command, arguments = { argument } }
  -- The server shows by itself what is wrong.
  vim.lsp.buf_request(buffer, "workspace/executeCommand", params, function() end)
end

-- Neovim 0.7 has no vim.lsp.start.
local function start(config)
  if vim.lsp.start then return vim.lsp.start(config) end
  M.client = M.client or vim.lsp.start_client(config)
  vim.lsp.buf_attach_client(0, M.client)
end

function M.setup(options)
  options = options or {}
  vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, { pattern = "*.rhai", command = "setfiletype rhai" })
  vim.cmd("highlight default BeatforgeSounding gui=underline,bold cterm=underline,bold")
  vim.cmd("highlight default link BeatforgeEvaluated Visual")
  vim.api.nvim_create_autocmd("FileType", {
    pattern = "rhai",
    callback = function(event)
      start({
        name = "beatforge",
        cmd = { options.path or "beatforge", "lsp" },
        root_dir = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(event.buf), ":p:h"),
        handlers = handlers,
      })
      local key = function(lhs, command, modes)
        vim.keymap.set(modes or { "n", "i" }, lhs, function() M.run(command) end, { buffer = event.buf })
      end
      key("<C-CR>", "beatforge.evalBlock")
      key("<S-CR>", "beatforge.evalLine")
      key("<M-CR>", "beatforge.evalAll")
      vim.keymap.set({ "n", "i" }, "<C-.>", function()
        M.run(M.hushed and "beatforge.unhush" or "beatforge.hush")
        M.hushed = not M.hushed
      end, { buffer = event.buf })
      -- For terminals that cannot tell Ctrl+Enter from Enter.
      key("<leader>e", "beatforge.evalBlock", "n")
      key("<leader>l", "beatforge.evalLine", "n")
      key("<leader>a", "beatforge.evalAll", "n")
      key("<leader>h", "beatforge.hush", "n")
      key("<leader>u", "beatforge.unhush", "n")
    end,
  })
end

return M
