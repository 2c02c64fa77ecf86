;;; beatforge.el --- Live coding with BeatForge  -*- lexical-binding: t -*-

;;; Commentary:
;; `beatforge lsp' by eglot (part of Emacs 29; a package before), and keys that evaluate.  Load this file, and open a .rhai file.

;;; Code:
(require 'eglot)
(require 'subr-x)

(defgroup beatforge nil "Live coding with BeatForge." :group 'languages)
(defcustom beatforge-path "beatforge" "The program beatforge." :type 'string)

(defvar beatforge-sounding-face '(:underline t :weight bold) "How what sounds looks.")

(defvar beatforge-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-<return>") #'beatforge-block)
    (define-key map (kbd "S-<return>") #'beatforge-line)
    (define-key map (kbd "M-<return>") #'beatforge-all)
    (define-key map (kbd "C-.") #'beatforge-hush)
    (define-key map (kbd "C-c C-c") #'beatforge-block)
    (define-key map (kbd "C-c C-l") #'beatforge-line)
    (define-key map (kbd "C-c C-b") #'beatforge-all)
    (define-key map (kbd "C-c C-h") #'beatforge-hush)
    (define-key map (kbd "C-c C-u") #'beatforge-unhush)
    map)
  "Keys of `beatforge-mode'.")

(define-derived-mode beatforge-mode prog-mode "BeatForge"
  "Scripts of BeatForge."
  (setq-local comment-start "// ")
  (modify-syntax-entry ?/ ". 124b")
  (modify-syntax-entry ?* ". 23")
  (modify-syntax-entry ?\n "> b")
  (modify-syntax-entry ?\` "\"")
  (modify-syntax-entry ?_ "w"))

(add-to-list 'auto-mode-alist '("\\.rhai\\'" . beatforge-mode))
(add-to-list 'eglot-server-programs
             `(beatforge-mode . ,(lambda (&rest _) (list beatforge-path "lsp"))))
(add-hook 'beatforge-mode-hook #'eglot-ensure)

(defun beatforge--run (command)
  "Send COMMAND with the place of point."
  (jsonrpc-async-request
   (eglot--current-server-or-lose) :workspace/executeCommand
   (list :command command
         :arguments (vector (list :uri (plist-get (eglot--TextDocumentIdentifier) :uri)
                                  :position (eglot--pos-to-lsp-position))))
   ;; The server shows by itself what is wrong.
   :success-fn #'ignore :error-fn #'ignore))

(defun beatforge-block () "Evaluate the block at point." (interactive) (beatforge--run "beatforge.evalBlock"))
(defun beatforge-line () "Evaluate the line at point." (interactive) (beatforge--run "beatforge.evalLine"))
(defun beatforge-all () "Evaluate the buffer." (interactive) (beatforge--run "beatforge.evalAll"))
(defun beatforge-hush () "Silence everything." (interactive) (beatforge--run "beatforge.hush"))
(defun beatforge-unhush () "Take the silence back." (interactive) (beatforge--run "beatforge.unhush"))

(cl-defmethod eglot-handle-notification (_server (_method (eql beatforge/sounding)) &key uri spans &allow-other-keys)
  "Outline what sounds: SPANS in the file of URI."
  (when-let* ((path (if (fboundp 'eglot-uri-to-path) (eglot-uri-to-path uri) (eglot--uri-to-path uri)))
              (buffer (find-buffer-visiting path)))
    (with-current-buffer buffer
      (mapc (lambda (span)
              (let* ((range (plist-get span :range))
                     (overlay (make-overlay (eglot--lsp-position-to-point (plist-get range :start))
                                            (eglot--lsp-position-to-point (plist-get range :end)))))
                (overlay-put overlay 'face beatforge-sounding-face)
                (overlay-put overlay 'beatforge t)
                (run-at-time (/ (plist-get span :millis) 1000.0) nil #'delete-overlay overlay)))
            spans))))
(cl-defmethod eglot-handle-notification (_server (_method (eql beatforge/evaluated)) &rest _))
(cl-defmethod eglot-handle-notification (_server (_method (eql beatforge/hushed)) &rest _))

(provide 'beatforge)
;;; beatforge.el ends here
